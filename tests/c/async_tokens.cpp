/* A program with the shape of the C++ wrapper: each request has a token object of its own, which is the context of its
 * callbacks and is deleted in them. It sends many requests over a link that flaps, and no token may be told twice, or
 * never. Arguments: uri, requests, version. */

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "MQTTAsync.h"

namespace {

[[noreturn]] void fail(const std::string &what)
{
	std::fprintf(stderr, "%s\n", what.c_str());
	std::_Exit(1);
}

class client;

/* One request. The client owns it until its outcome is told. */
class token {
public:
	token(client &owner, std::string topic) : owner_(owner), topic_(std::move(topic)) {}

	static void on_success(void *context, MQTTAsync_successData *) { static_cast<token *>(context)->finish(true); }
	static void on_failure(void *context, MQTTAsync_failureData *) { static_cast<token *>(context)->finish(false); }
	static void on_success5(void *context, MQTTAsync_successData5 *) { static_cast<token *>(context)->finish(true); }
	static void on_failure5(void *context, MQTTAsync_failureData5 *) { static_cast<token *>(context)->finish(false); }

private:
	void finish(bool success);

	client &owner_;
	std::string topic_;
};

class client {
public:
	client(const char *uri, int version) : version_(version)
	{
		MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;

		options.MQTTVersion = version;
		options.sendWhileDisconnected = 1;
		options.maxBufferedMessages = 1000;
		if (MQTTAsync_createWithOptions(&handle_, uri, "tokens", MQTTCLIENT_PERSISTENCE_NONE, nullptr, &options) != 0)
			fail("create");
		MQTTAsync_setCallbacks(handle_, this, on_loss, on_message, nullptr);
		MQTTAsync_setConnected(handle_, this, on_connected);
	}

	~client()
	{
		MQTTAsync_destroy(&handle_);
		if (!tokens_.empty())
			fail(std::to_string(tokens_.size()) + " tokens were never told");
	}

	void connect()
	{
		MQTTAsync_connectOptions plain = MQTTAsync_connectOptions_initializer;
		MQTTAsync_connectOptions five = MQTTAsync_connectOptions_initializer5;
		MQTTAsync_connectOptions options = version_ >= 5 ? five : plain;

		options.cleanstart = 0;
		if (version_ < 5) {
			options.MQTTVersion = version_;
			options.cleansession = 0;
		}
		options.automaticReconnect = 1;
		options.maxRetryInterval = 1;
		if (MQTTAsync_connect(handle_, &options) != 0)
			fail("connect");
	}

	/* Sends, subscribes or unsubscribes; waits while too much is under way. */
	void request(int number)
	{
		std::string topic = "tokens/" + std::to_string(number % 10);
		token *created = new token(*this, topic);
		MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
		int rc;

		response.context = created;
		if (version_ >= 5) {
			response.onSuccess5 = token::on_success5;
			response.onFailure5 = token::on_failure5;
		} else {
			response.onSuccess = token::on_success;
			response.onFailure = token::on_failure;
		}
		{
			std::unique_lock<std::mutex> lock(mutex_);

			if (!changed_.wait_for(lock, std::chrono::minutes(2), [this] { return tokens_.size() < 200; }))
				fail("nothing goes on");
			tokens_.insert(created);
		}
		if (number % 20 == 0)
			rc = MQTTAsync_subscribe(handle_, topic.c_str(), number % 3, &response);
		else if (number % 20 == 10)
			rc = MQTTAsync_unsubscribe(handle_, topic.c_str(), &response);
		else
			rc = MQTTAsync_send(handle_, topic.c_str(), static_cast<int>(topic.size()), topic.data(), number % 3, 0, &response);
		if (rc != 0)
			told(created, false);
	}

	void told(token *ended, bool success)
	{
		std::lock_guard<std::mutex> lock(mutex_);

		if (tokens_.erase(ended) != 1)
			fail("a token was told twice");
		delete ended;
		(success ? successes : failures)++;
		changed_.notify_all();
	}

	/* The connection is gone: it is to come back at once. */
	static void on_loss(void *context, char *)
	{
		client *self = static_cast<client *>(context);

		self->losses++;
		MQTTAsync_reconnect(self->handle_);
	}

	static void on_connected(void *, char *) {}

	static int on_message(void *, char *topic, int, MQTTAsync_message *message)
	{
		MQTTAsync_freeMessage(&message);
		MQTTAsync_free(topic);
		return 1;
	}

	std::atomic<int> successes{0}, failures{0}, losses{0};

private:
	MQTTAsync handle_ = nullptr;
	int version_;
	std::mutex mutex_;
	std::condition_variable changed_;
	std::set<token *> tokens_;
};

void token::finish(bool success)
{
	if (topic_.compare(0, 7, "tokens/") != 0)
		fail("a token that was deleted");
	owner_.told(this, success);
}

}

int main(int argc, char **argv)
{
	if (argc < 4)
		fail("arguments");
	int requests = std::atoi(argv[2]), successes, losses;
	{
		client only(argv[1], std::atoi(argv[3]));

		only.connect();
		for (int number = 1; number <= requests; number++)
			only.request(number);
		successes = only.successes;
		losses = only.losses;
	}
	std::fprintf(stderr, "%d of %d requests succeeded, %d connections were lost\n", successes, requests, losses);
	/* Most must have succeeded, and the link have flapped, or this showed nothing. */
	if (successes < requests / 2 || losses < 20)
		fail("too few");
	std::printf("each told once\n");
	return 0;
}
