/* A program in the style of the distribution's library for C++: a client with callbacks answers what another asks, which
 * consumes the answers from a queue. Both reconnect by themselves. After each answer but the last both wait until their
 * connection was lost and is there again. Arguments: uri, MQTT version, rounds, and for TLS the trust store. */

#include <mqtt/async_client.h>

#include "cpp_support.h"

namespace {

const char *const requests = "wrapper/requests";
const char *const answers = "wrapper/answers";

/* Answers in the callback. */
class responder : public virtual mqtt::callback, public virtual mqtt::iaction_listener {
public:
	responder(const std::string &uri, int version, const mqtt::connect_options &options)
		: client_(uri, "responder", mqtt::create_options(version))
	{
		client_.set_callback(*this);
		client_.connect(options, nullptr, *this);
	}

	void leave()
	{
		done(client_.disconnect(), "disconnect of the responder");
	}

	counter subscribed;
	counter lost;
	counter delivered;

private:
	void connected(const std::string &) override
	{
		client_.subscribe(requests, 1, nullptr, *this);
	}

	void connection_lost(const std::string &) override
	{
		lost.add();
	}

	void message_arrived(mqtt::const_message_ptr request) override
	{
		std::string topic = answers;
		mqtt::properties properties;

		if (request->get_properties().contains(mqtt::property::RESPONSE_TOPIC)) {
			topic = mqtt::get<std::string>(request->get_properties(), mqtt::property::RESPONSE_TOPIC);
			properties.add({mqtt::property::CORRELATION_DATA,
			                mqtt::get<std::string>(request->get_properties(), mqtt::property::CORRELATION_DATA)});
		}
		client_.publish(mqtt::message::create(topic, "answer to " + request->to_string(), 2, false, properties));
	}

	void delivery_complete(mqtt::delivery_token_ptr token) override
	{
		if (token && token->get_message())
			delivered.add();
	}

	/* Of its requests: connecting and subscribing. */
	void on_success(const mqtt::token &token) override
	{
		if (token.get_type() == mqtt::token::Type::SUBSCRIBE)
			subscribed.add();
	}

	void on_failure(const mqtt::token &token) override
	{
		fail("a request of the responder failed: " + std::to_string(token.get_return_code()));
	}

	mqtt::async_client client_;
};

mqtt::message_ptr request(int round, int version)
{
	const std::string text = "request " + std::to_string(round);
	mqtt::properties properties;

	if (version == MQTTVERSION_5) {
		properties.add({mqtt::property::RESPONSE_TOPIC, std::string(answers) + "/5"});
		properties.add({mqtt::property::CORRELATION_DATA, text});
	}
	return mqtt::message::create(requests, text, 1, false, properties);
}

void run(const std::string &uri, int version, int rounds, const mqtt::connect_options &options)
{
	const std::string topic = version == MQTTVERSION_5 ? std::string(answers) + "/5" : answers;
	responder other(uri, version, options);
	counter connected;
	mqtt::async_client client(uri, "requester", mqtt::create_options(version));

	client.start_consuming();
	client.set_connected_handler([&](const std::string &) { connected.add(); });
	const mqtt::connect_response response = done(client.connect(options), "connect")->get_connect_response();
	std::cout << "connected with version " << response.get_mqtt_version() << std::endl;

	for (int round = 1; round <= rounds; round++) {
		connected.wait_for(round, "connected");
		done(client.subscribe(topic, 2), "subscribe");
		other.subscribed.wait_for(round, "subscribed");
		done(client.publish(request(round, version)), "publish");

		mqtt::const_message_ptr answer;
		do {
			/* The end of a connection is an empty entry of the queue. */
			if (!client.try_consume_message_for(&answer, patience))
				fail("no answer");
		} while (!answer);
		std::cout << answer->get_topic() << ": " << answer->to_string();
		if (version == MQTTVERSION_5)
			std::cout << ", " << mqtt::get<std::string>(answer->get_properties(), mqtt::property::CORRELATION_DATA);
		std::cout << std::endl;
		other.delivered.wait_for(round, "delivered");
		/* The broker may be restarted now. */
		std::cout << "round " << round << std::endl;
		if (round < rounds)
			other.lost.wait_for(round, "lost");
	}
	done(client.unsubscribe(topic), "unsubscribe");
	client.stop_consuming();
	done(client.disconnect(), "disconnect");
	other.leave();
	std::cout << "disconnected: " << std::boolalpha << !client.is_connected() << std::endl;
	try {
		client.publish(request(0, version));
		fail("published without a connection");
	} catch (const mqtt::exception &error) {
		std::cout << "refused: " << error.get_return_code() << std::endl;
	}
}

} // namespace

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	try {
		const int version = std::atoi(argv[2]);
		mqtt::connect_options options = connect_options(version, argv + 4, argc - 4);
		options.set_automatic_reconnect(std::chrono::seconds(1), std::chrono::seconds(2));
		run(argv[1], version, std::atoi(argv[3]), options);
	} catch (const mqtt::exception &error) {
		fail(error.to_string());
	}
	return 0;
}
