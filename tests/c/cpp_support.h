/* What the programs for the distribution's library for C++ have in common. All of their waits have a deadline, and a
 * program that waits in vain fails. */

#pragma once

#include <mqtt/async_client.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <string>

const std::chrono::seconds patience(50);

/* Without destructors: other threads may be busy. */
[[noreturn]] inline void fail(const std::string &what)
{
	std::cerr << what << std::endl;
	std::_Exit(1);
}

/* Waits for a request, which must succeed. */
template <class Token>
Token done(Token token, const char *what)
{
	if (!token->wait_for(patience))
		fail(std::string("never done: ") + what);
	return token;
}

/* Counts events, and waits for them. */
class counter {
public:
	void add()
	{
		std::lock_guard<std::mutex> guard(lock_);
		count_++;
		changed_.notify_all();
	}

	int count()
	{
		std::lock_guard<std::mutex> guard(lock_);
		return count_;
	}

	void wait_for(int count, const char *what)
	{
		std::unique_lock<std::mutex> guard(lock_);
		if (!changed_.wait_for(guard, patience, [&] { return count_ >= count; }))
			fail(std::string("never: ") + what);
	}

private:
	std::mutex lock_;
	std::condition_variable changed_;
	int count_ = 0;
};

/* For this version, and for TLS: the arguments are files, trust store, certificate and key, or fewer of them. */
inline mqtt::connect_options connect_options(int version, char **files, int count)
{
	mqtt::connect_options options;

	options.set_mqtt_version(version);
	if (version == MQTTVERSION_5)
		options.set_clean_start(true);
	else
		options.set_clean_session(true);
	options.set_keep_alive_interval(20);
	options.set_connect_timeout(patience);
	if (count > 0) {
		mqtt::ssl_options ssl;
		ssl.set_trust_store(files[0]);
		if (count > 2) {
			ssl.set_key_store(files[1]);
			ssl.set_private_key(files[2]);
		}
		ssl.set_verify(true);
		ssl.set_error_handler([](const std::string &line) { std::cerr << line << std::endl; });
		options.set_ssl(ssl);
	}
	return options;
}
