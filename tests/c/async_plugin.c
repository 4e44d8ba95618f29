/* A program that loads the asynchronous library as a plug-in would be, and unloads it, again and again.
 * Arguments: uri, ending (destroy, keep), the library. */

#include <dlfcn.h>

#include "async_support.h"

static const char *uri;
static int destroys;

#define LOOK_UP(name) __typeof__(&name) name##_ = (__typeof__(&name))dlsym(library, #name)

static int ignore_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
	(void)context;
	(void)length;
	free(message->payload);
	free(message);
	free(topic);
	return 1;
}

static void *load_and_use(void *path)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	struct outcomes outcomes = OUTCOMES_INITIALIZER;
	MQTTAsync_connectOptions options = clean_options(4, &outcomes);
	MQTTAsync_responseOptions response = counted_in(&outcomes, 4);
	MQTTAsync client = NULL;

	if (library == NULL)
		fail("%s", dlerror());
	LOOK_UP(MQTTAsync_create);
	LOOK_UP(MQTTAsync_setCallbacks);
	LOOK_UP(MQTTAsync_connect);
	LOOK_UP(MQTTAsync_subscribe);
	LOOK_UP(MQTTAsync_send);
	LOOK_UP(MQTTAsync_destroy);
	EXPECT(0, MQTTAsync_create_(&client, uri, destroys ? "plugin" : "", MQTTCLIENT_PERSISTENCE_NONE, NULL));
	EXPECT(0, MQTTAsync_setCallbacks_(client, NULL, NULL, ignore_message, NULL));
	EXPECT(0, MQTTAsync_connect_(client, &options));
	AWAIT(&outcomes.success, 1);
	EXPECT(0, MQTTAsync_subscribe_(client, "plugin", 1, &response));
	AWAIT(&outcomes.success, 2);
	EXPECT(0, MQTTAsync_send_(client, "plugin", 4, "here", 1, 0, &response));
	AWAIT(&outcomes.success, 3);
	if (destroys)
	{
		MQTTAsync_destroy_(&client);
		REQUIRE(client == NULL);
	}
	return library;
}

int main(int argc, char **argv)
{
	char path[4096];
	int i;

	uri = argument(argc, argv, 1);
	destroys = strcmp(argument(argc, argv, 2), "destroy") == 0;
	snprintf(path, sizeof(path), "%s", argument(argc, argv, 3));
	for (i = 0; i < 50; ++i)
	{
		pthread_t thread;
		void *library;

		/* A thread that has used the library may keep it in memory until it ends: so first on others. */
		if (i < 25)
		{
			pthread_create(&thread, NULL, load_and_use, path);
			pthread_join(thread, &library);
		}
		else
			library = load_and_use(path);
		if (destroys)
			REQUIRE(threads_fall_to(1));
		REQUIRE(dlclose(library) == 0);
		if (destroys && i < 25)
			REQUIRE(dlopen(path, RTLD_NOW | RTLD_NOLOAD) == NULL);
	}
	say("done");
	return 0;
}
