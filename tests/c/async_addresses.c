/* Connects to a name with several addresses, and says how that went; or destroys the client when a line comes on standard
 * input. Arguments: uri, connect | destroy, connect timeout in seconds, addresses. */

#include "names.h"
#include "async_support.h"

int main(int argc, char **argv)
{
	struct outcomes outcomes = OUTCOMES_INITIALIZER;
	MQTTAsync client = new_client(argument(argc, argv, 1), "addresses", 4);
	MQTTAsync_connectOptions options = clean_options(4, &outcomes);
	long started = now_ms();

	options.connectTimeout = atoi(argument(argc, argv, 3));
	answered_addresses = argv + 4;
	answered_count = argc - 4;
	EXPECT(0, MQTTAsync_connect(client, &options));
	if (strcmp(argv[2], "destroy") == 0)
	{
		await_go();
		started = now_ms();
		MQTTAsync_destroy(&client);
		say("destroyed after %ld ms", now_ms() - started);
		return 0;
	}
	while (!counter_reaches(&outcomes.success, 1, 50) && counter_value(&outcomes.failure) == 0)
		REQUIRE(now_ms() - started < 2 * PATIENCE);
	say("connect: %d after %ld ms", outcomes.code, now_ms() - started);
	MQTTAsync_destroy(&client);
	return 0;
}
