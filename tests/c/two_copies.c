/* Two libraries with the same functions in one process, loaded one after the other: each serves a client of its own, and
 * each frees properties that the other has made. Arguments: uri, then local or global and a path, twice. */

#include <dlfcn.h>

#include "support.h"

struct library
{
	__typeof__(&MQTTClient_createWithOptions) create;
	__typeof__(&MQTTClient_connect5) connect;
	__typeof__(&MQTTClient_subscribe5) subscribe;
	__typeof__(&MQTTClient_publishMessage5) publish;
	__typeof__(&MQTTClient_receive) receive;
	__typeof__(&MQTTClient_disconnect5) disconnect;
	__typeof__(&MQTTClient_destroy) destroy;
	__typeof__(&MQTTClient_freeMessage) free_message;
	__typeof__(&MQTTClient_free) free;
	__typeof__(&MQTTResponse_free) free_response;
	__typeof__(&MQTTProperties_add) add;
	__typeof__(&MQTTProperties_copy) copy;
	__typeof__(&MQTTProperties_free) free_properties;
};

static struct library load(const char *scope, const char *path)
{
	void *handle = dlopen(path, RTLD_NOW | (strcmp(scope, "global") == 0 ? RTLD_GLOBAL : RTLD_LOCAL));
	struct library library;

	if (handle == NULL)
		fail("%s", dlerror());
#define FIND(member, name) REQUIRE((library.member = (__typeof__(library.member))dlsym(handle, #name)) != NULL)
	FIND(create, MQTTClient_createWithOptions);
	FIND(connect, MQTTClient_connect5);
	FIND(subscribe, MQTTClient_subscribe5);
	FIND(publish, MQTTClient_publishMessage5);
	FIND(receive, MQTTClient_receive);
	FIND(disconnect, MQTTClient_disconnect5);
	FIND(destroy, MQTTClient_destroy);
	FIND(free_message, MQTTClient_freeMessage);
	FIND(free, MQTTClient_free);
	FIND(free_response, MQTTResponse_free);
	FIND(add, MQTTProperties_add);
	FIND(copy, MQTTProperties_copy);
	FIND(free_properties, MQTTProperties_free);
	return library;
}

static void add_text(struct library *library, MQTTProperties *properties)
{
	MQTTProperty property;

	memset(&property, 0, sizeof(property));
	property.identifier = MQTTPROPERTY_CODE_USER_PROPERTY;
	property.value.data.data = property.value.value.data = "text";
	property.value.data.len = property.value.value.len = 4;
	EXPECT(0, library->add(properties, &property));
}

static MQTTClient connect_one(struct library *library, const char *uri)
{
	MQTTClient_createOptions create = MQTTClient_createOptions_initializer;
	MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer5;
	MQTTResponse response;
	MQTTClient client;

	create.MQTTVersion = MQTTVERSION_5;
	EXPECT(0, library->create(&client, uri, "", MQTTCLIENT_PERSISTENCE_NONE, NULL, &create));
	response = library->connect(client, &options, NULL, NULL);
	EXPECT(0, response.reasonCode);
	library->free_response(response);
	response = library->subscribe(client, "copies", 1, NULL, NULL);
	EXPECT(1, response.reasonCode);
	library->free_response(response);
	return client;
}

/* Takes a message from one library, and lets the other add to its properties, copy them and free them. */
static void receive_one(struct library *library, struct library *other, MQTTClient client)
{
	MQTTClient_message *message = NULL;
	MQTTProperties copy;
	char *topic = NULL;
	int length;

	EXPECT(0, library->receive(client, &topic, &length, &message, PATIENCE));
	REQUIRE(message != NULL && message->properties.count == 1);
	copy = library->copy(&message->properties);
	while (copy.count < 25)
		add_text(other, &copy);
	other->free_properties(&copy);
	other->free_properties(&message->properties);
	library->free_message(&message);
	library->free(topic);
}

int main(int argc, char **argv)
{
	const char *uri = argument(argc, argv, 1);
	struct library libraries[2];
	MQTTClient clients[2];
	int i, round;

	for (i = 0; i < 2; ++i)
		libraries[i] = load(argument(argc, argv, 2 + 2 * i), argument(argc, argv, 3 + 2 * i));
	REQUIRE(libraries[0].create != libraries[1].create);
	for (i = 0; i < 2; ++i)
		clients[i] = connect_one(&libraries[i], uri);
	for (round = 0; round < 10; ++round)
	{
		for (i = 0; i < 2; ++i)
		{
			MQTTClient_message message = MQTTClient_message_initializer;

			message.payload = "x";
			message.payloadlen = 1;
			message.qos = 1;
			add_text(&libraries[!i], &message.properties);
			libraries[i].free_response(libraries[i].publish(clients[i], "copies", &message, NULL));
			libraries[i].free_properties(&message.properties);
			receive_one(&libraries[0], &libraries[1], clients[0]);
			receive_one(&libraries[1], &libraries[0], clients[1]);
		}
	}
	for (i = 0; i < 2; ++i)
	{
		EXPECT(0, libraries[i].disconnect(clients[i], 1000, MQTTREASONCODE_NORMAL_DISCONNECTION, NULL));
		libraries[i].destroy(&clients[i]);
	}
	return 0;
}
