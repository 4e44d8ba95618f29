/* SPDX-License-Identifier: MIT OR Apache-2.0 */
// A last will: the message that the broker publishes for a client that ends without saying goodbye.
//
//     mqtt_last_will [disconnect | vanish] [broker]
//
// "disconnect" (the default) ends in good order, and the will is never published. "vanish" ends as a
// crash would, without a word, and the broker publishes the will.
// The broker is e.g. tcp://localhost:1883, or the variable MQTT_BROKER.

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

#include "MQTTClient.h"

namespace {

const char *const default_broker = "tcp://localhost:1883";
const char *const client_id = "sample-last-will";
const char *const will_topic = "Iamdie";
const char *const will_payload = "I am really die.";

void check(const std::string &what, int rc)
{
	if (rc != MQTTCLIENT_SUCCESS)
		throw std::runtime_error(what + " failed with return code " + std::to_string(rc) + ": " + MQTTClient_strerror(rc));
}

// A client that is destroyed at the end of its scope.
class Client
{
public:
	explicit Client(const std::string &broker) : broker(broker)
	{
		check("Creating the client", MQTTClient_create(&handle, broker.c_str(), client_id, MQTTCLIENT_PERSISTENCE_NONE, nullptr));
	}

	~Client()
	{
		MQTTClient_destroy(&handle);
	}

	Client(const Client &) = delete;
	Client &operator=(const Client &) = delete;

	void connect_with_will()
	{
		MQTTClient_willOptions will = MQTTClient_willOptions_initializer;
		MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;

		will.topicName = will_topic;
		will.message = will_payload;
		will.qos = 1;
		options.will = &will;
		options.keepAliveInterval = 20;
		options.cleansession = 1;
		check("Connecting to " + broker, MQTTClient_connect(handle, &options));
	}

	void disconnect()
	{
		check("Disconnecting", MQTTClient_disconnect(handle, 1000));
	}

private:
	const std::string broker;
	MQTTClient handle = nullptr;
};

std::string broker_address(int argc, char **argv)
{
	const char *variable = std::getenv("MQTT_BROKER");

	if (argc > 2)
		return argv[2];
	return variable != nullptr && *variable != '\0' ? variable : default_broker;
}

int run(const std::string &ending, const std::string &broker)
{
	if (ending != "disconnect" && ending != "vanish")
		throw std::runtime_error("The ending is disconnect or vanish, not " + ending + ".");

	Client client(broker);

	client.connect_with_will();
	std::cout << "Connected, with the will \"" << will_payload << "\" for topic " << will_topic << "." << std::endl;
	if (ending == "vanish")
	{
		std::cout << "Vanishing without disconnecting: the broker publishes the will." << std::endl;
		// Ends the process on the spot: no destructor, no exit handler, as in a crash.
		_exit(EXIT_SUCCESS);
	}
	client.disconnect();
	std::cout << "Disconnected in good order: the broker forgets the will." << std::endl;
	return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char **argv)
{
	try
	{
		return run(argc > 1 ? argv[1] : "disconnect", broker_address(argc, argv));
	}
	catch (const std::exception &error)
	{
		std::cerr << error.what() << std::endl;
		return EXIT_FAILURE;
	}
}
