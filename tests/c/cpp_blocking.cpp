/* A program in the style of the distribution's library for C++: the client whose calls wait gets back what it publishes,
 * one from its queue, and another in a callback. Arguments: uri, MQTT version, and for TLS trust store,
 * certificate and key. */

#include <mqtt/client.h>

#include "cpp_support.h"

namespace {

const char *const topic = "wrapper/blocking";

/* Takes messages as they come. */
class taker : public virtual mqtt::callback {
public:
	counter taken;

private:
	void message_arrived(mqtt::const_message_ptr message) override
	{
		std::cout << "callback: " << message->get_payload_str().size() << " bytes" << std::endl;
		taken.add();
	}
};

std::string payload(size_t size)
{
	std::string text;

	for (size_t at = 0; at < size; at++)
		text.push_back(char(at * 31 % 251));
	return text;
}

void run(const std::string &uri, int version, const mqtt::connect_options &options)
{
	mqtt::client client(uri, "blocking", mqtt::create_options(version));

	client.set_timeout(patience);
	client.start_consuming();
	const bool session_present = client.connect(options).is_session_present();
	std::cout << "session present: " << std::boolalpha << session_present << std::endl;
	std::cout << "granted: " << client.subscribe(topic, 1).get_reason_codes().at(0) << std::endl;
	for (size_t size : {0, 1, 1000, 1000000}) {
		mqtt::const_message_ptr message;

		client.publish(mqtt::make_message(topic, payload(size), 2, false));
		if (!client.try_consume_message_for(&message, patience) || !message)
			fail("nothing to consume");
		std::cout << "QoS " << message->get_qos() << ", the same: "
		          << (message->get_payload_str() == payload(size)) << std::endl;
	}
	client.unsubscribe(topic);
	client.stop_consuming();
	client.disconnect();

	/* Another client, whose callback is set first: set_callback just after disconnect makes the original and its library
	 * for C++ wait for each other now and then. */
	taker other;
	mqtt::client with_callback(uri, "callback", mqtt::create_options(version));
	with_callback.set_timeout(patience);
	with_callback.set_callback(other);
	with_callback.connect(options);
	with_callback.subscribe(topic, 2);
	with_callback.publish(topic, "x", 1, 1, false);
	with_callback.publish(topic, "xyz", 3, 2, false);
	other.taken.wait_for(2, "callbacks");
	with_callback.disconnect();
	try {
		with_callback.publish(topic, "x", 1);
		fail("published without a connection");
	} catch (const mqtt::exception &error) {
		std::cout << "refused: " << error.get_return_code() << std::endl;
	}
}

} // namespace

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	try {
		const int version = std::atoi(argv[2]);
		run(argv[1], version, connect_options(version, argv + 3, argc - 3));
	} catch (const mqtt::exception &error) {
		std::cout << "exception: " << error.get_return_code() << std::endl;
		return 1;
	}
	return 0;
}
