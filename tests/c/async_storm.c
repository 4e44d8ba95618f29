/* Creates, connects and destroys many clients, some before their connection stands, some with it, some after they have
 * published. Nothing remains, and threads do not grow with clients. Arguments: uri, clients, rounds. */

#include "async_support.h"

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	int count = atoi(argument(argc, argv, 2)), rounds = atoi(argument(argc, argv, 3)), round, i;
	int threads = running_threads(), descriptors = open_descriptors(), most = 0;
	MQTTAsync *clients = calloc((size_t)count, sizeof(*clients));
	struct outcomes connected = OUTCOMES_INITIALIZER;

	for (round = 0; round < rounds; ++round)
	{
		int before = counter_value(&connected.success);

		for (i = 0; i < count; ++i)
		{
			MQTTAsync_connectOptions options = clean_options(4, &connected);
			char name[32];

			snprintf(name, sizeof(name), "storm-%d", i);
			clients[i] = new_client(uri, name, 4);
			EXPECT(0, MQTTAsync_connect(clients[i], &options));
		}
		if (running_threads() - threads > most)
			most = running_threads() - threads;
		/* A third of the rounds does not wait at all, a third for all, a third for some. */
		if (round % 3 > 0)
			REQUIRE(counter_reaches(&connected.success, before + (round % 3 == 1 ? count : count / 2), PATIENCE));
		for (i = 0; i < count; ++i)
		{
			if (round % 3 == 1)
				EXPECT(0, MQTTAsync_send(clients[i], "storm", 5, "hello", i % 3, 0, NULL));
			MQTTAsync_destroy(&clients[i]);
			REQUIRE(clients[i] == NULL);
		}
		REQUIRE(threads_fall_to(threads));
	}
	free(clients);
	say("%d descriptors left, threads grew with clients: %d", open_descriptors() - descriptors, most > 40);
	return 0;
}
