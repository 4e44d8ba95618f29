/* Loads a library with TLS as a plug-in would be, uses it on a thread, unloads it, and lets that thread end afterwards.
 * Arguments: uri, the library, a file with certificates to trust. */

#include <dlfcn.h>

#include "support.h"

static const char *uri, *trust;
static struct counter used = COUNTER_INITIALIZER, unloaded = COUNTER_INITIALIZER;

#define LOOK_UP(name) __typeof__(&name) name##_ = (__typeof__(&name))dlsym(library, #name)

static void *use(void *library)
{
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
	MQTTClient_SSLOptions ssl = MQTTClient_SSLOptions_initializer;
	MQTTClient client = NULL;

	LOOK_UP(MQTTClient_create);
	LOOK_UP(MQTTClient_connect);
	LOOK_UP(MQTTClient_disconnect);
	LOOK_UP(MQTTClient_destroy);
	ssl.trustStore = trust;
	options.ssl = &ssl;
	EXPECT(0, MQTTClient_create_(&client, uri, "plugin", 1, NULL));
	EXPECT(0, MQTTClient_connect_(client, &options));
	EXPECT(0, MQTTClient_disconnect_(client, 10000));
	MQTTClient_destroy_(&client);
	counter_raise(&used);
	/* What the library keeps for this thread is given back after this. */
	AWAIT(&unloaded, 1);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[4];
	void *library;
	int i;

	uri = argument(argc, argv, 1);
	trust = argument(argc, argv, 3);
	library = dlopen(argument(argc, argv, 2), RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		fail("%s", dlerror());
	for (i = 0; i < 4; ++i)
		REQUIRE(pthread_create(&threads[i], NULL, use, library) == 0);
	AWAIT(&used, 4);
	REQUIRE(dlclose(library) == 0);
	counter_raise(&unloaded);
	for (i = 0; i < 4; ++i)
		REQUIRE(pthread_join(threads[i], NULL) == 0);
	/* It is there still, and it stays. */
	for (i = 0; i < 2; ++i)
	{
		library = dlopen(argument(argc, argv, 2), RTLD_NOW | RTLD_NOLOAD);
		REQUIRE(library != NULL);
		REQUIRE(dlclose(library) == 0);
	}
	say("done");
	return 0;
}
