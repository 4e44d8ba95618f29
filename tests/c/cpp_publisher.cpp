/* A program in the style of the distribution's library for C++: publishes in each of its ways, with a store of its own.
 * Then it waits for the loss of its connection, and publishes without one. When that has arrived, it waits for a line, and
 * disconnects. Arguments: uri, MQTT version, and for TLS trust store, certificate and key. */

#include <mqtt/async_client.h>

#include <atomic>
#include <map>
#include <vector>

#include "cpp_support.h"

namespace {

const int several = 10;

/* A store in memory, which no two threads use at once. */
class store : public mqtt::iclient_persistence {
public:
	void wait_until_empty()
	{
		std::unique_lock<std::mutex> guard(lock_);
		if (!changed_.wait_for(guard, patience, [&] { return records_.empty(); }))
			fail("records are left");
	}

	int puts()
	{
		std::lock_guard<std::mutex> guard(lock_);
		return puts_;
	}

private:
	/* The time of a call by the library. */
	class use {
	public:
		explicit use(const store &owner) : owner_(owner), guard_(owner.lock_, std::defer_lock)
		{
			if (owner.is_used_.exchange(true))
				fail("two threads are in the store");
			guard_.lock();
		}

		~use()
		{
			owner_.changed_.notify_all();
			owner_.is_used_ = false;
		}

	private:
		const store &owner_;
		std::unique_lock<std::mutex> guard_;
	};

	void open(const std::string &, const std::string &) override
	{
		use now(*this);
		is_open_ = true;
	}

	void close() override
	{
		use now(*this);
		is_open_ = false;
	}

	void clear() override
	{
		use now(*this);
		records_.clear();
	}

	bool contains_key(const std::string &key) override
	{
		use now(*this);
		return records_.count(key) > 0;
	}

	mqtt::string_collection keys() const override
	{
		use now(*this);
		mqtt::string_collection keys;

		for (const auto &record : records_)
			keys.push_back(record.first);
		return keys;
	}

	void put(const std::string &key, const std::vector<mqtt::string_view> &parts) override
	{
		use now(*this);
		std::string record;

		if (!is_open_)
			fail("a record for a store that is not open");
		for (const auto &part : parts)
			record.append(part.data(), part.size());
		records_[key] = record;
		puts_++;
	}

	std::string get(const std::string &key) const override
	{
		use now(*this);
		return records_.at(key);
	}

	void remove(const std::string &key) override
	{
		use now(*this);
		records_.erase(key);
	}

	mutable std::mutex lock_;
	mutable std::condition_variable changed_;
	mutable std::atomic<bool> is_used_{false};
	std::map<std::string, std::string> records_;
	int puts_ = 0;
	bool is_open_ = false;
};

/* Counts outcomes of requests, which are told with the request's own context. */
class outcomes : public virtual mqtt::iaction_listener {
public:
	explicit outcomes(void *context) : context_(context) {}

	counter succeeded;

private:
	void on_success(const mqtt::token &token) override
	{
		if (token.get_user_context() != context_)
			fail("another context");
		succeeded.add();
	}

	void on_failure(const mqtt::token &token) override
	{
		fail("a request failed: " + std::to_string(token.get_return_code()));
	}

	void *context_;
};

/* Counts what happens to the client. */
class events : public virtual mqtt::callback {
public:
	counter made;
	counter lost;
	counter delivered;

private:
	void connected(const std::string &) override
	{
		made.add();
	}

	void connection_lost(const std::string &) override
	{
		lost.add();
	}

	void delivery_complete(mqtt::delivery_token_ptr) override
	{
		delivered.add();
	}
};

/* Publishes in each way, and gives how many messages of QoS 1 and 2 that were. */
int publish_in_each_way(mqtt::async_client &client, int version)
{
	const std::string bytes("with\0zero", 9);
	int context = 0;
	outcomes told(&context);
	std::vector<mqtt::delivery_token_ptr> tokens;

	done(client.publish("wrapper/bytes", bytes.data(), bytes.size(), 1, false), "publish of bytes");
	const auto nothing = mqtt::message::create("wrapper/nothing", "", 0, 2, false);
	done(client.publish(nothing), "publish of nothing");
	client.publish(mqtt::message::create("wrapper/told", "told", 1, true), &context, told);
	told.succeeded.wait_for(1, "success of a publish");

	mqtt::topic topic(client, "wrapper/topic", 2);
	for (int number = 1; number <= several; number++)
		tokens.push_back(topic.publish("number " + std::to_string(number)));
	for (const auto &token : tokens)
		done(token, "publish to a topic");

	mqtt::properties properties;
	if (version == MQTTVERSION_5) {
		properties.add({mqtt::property::MESSAGE_EXPIRY_INTERVAL, 10000});
		properties.add({mqtt::property::CONTENT_TYPE, "text"});
		properties.add({mqtt::property::USER_PROPERTY, "name", "value"});
	}
	done(client.publish(mqtt::message::create("wrapper/properties", "more", 1, false, properties)), "publish with more");
	done(client.publish("wrapper/zero", std::string("QoS 0"), 0, false), "publish with QoS 0");
	return 4 + several;
}

void run(const std::string &uri, int version, mqtt::connect_options options)
{
	store records;
	events seen;
	std::vector<mqtt::delivery_token_ptr> tokens;
	int context = 0;
	outcomes told(&context);
	mqtt::create_options create(version, 2 * several);
	create.set_send_while_disconnected(true);
	mqtt::async_client client(uri, "publisher", create, &records);

	client.set_callback(seen);
	options.set_will_message(mqtt::message("wrapper/will", "gone", 1, false));
	options.set_automatic_reconnect(std::chrono::seconds(1), std::chrono::seconds(2));
	done(client.connect(options, &context, told), "connect");
	told.succeeded.wait_for(1, "success of connect");
	const int published = publish_in_each_way(client, version);
	seen.delivered.wait_for(published, "delivered");
	std::cout << "pending: " << client.get_pending_delivery_tokens().size() << std::endl;

	records.wait_until_empty();
	/* The broker may be restarted now. */
	std::cout << "published" << std::endl;
	seen.lost.wait_for(1, "lost");
	for (int number = 1; number <= several; number++) {
		const std::string text = "late " + std::to_string(number);
		tokens.push_back(client.publish("wrapper/late/" + std::to_string(number), text, 2, true));
	}
	seen.made.wait_for(2, "connected again");
	for (const auto &token : tokens)
		done(token, "publish without a connection");
	seen.delivered.wait_for(published + several, "all delivered");
	records.wait_until_empty();
	std::cout << "stored: " << std::boolalpha << (records.puts() >= published + several) << std::endl;
	/* It may be killed now. */
	std::cout << "delivered" << std::endl;
	std::string line;
	std::getline(std::cin, line);
	done(client.disconnect(), "disconnect");
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
		fail(error.to_string());
	}
	return 0;
}
