/* Callbacks of different clients of a process, which share them, and no lock: says whether one ever runs while another
 * does. Argument: uri. */

#include "async_support.h"

#define CLIENTS 3
#define MESSAGES 300

static int inside, overlaps;
static struct counter arrived = COUNTER_INITIALIZER, delivered = COUNTER_INITIALIZER, sent = COUNTER_INITIALIZER;

static void note_overlap(void)
{
	const struct timespec pause = { 0, 200000 };

	if (__atomic_fetch_add(&inside, 1, __ATOMIC_SEQ_CST) != 0)
		__atomic_fetch_add(&overlaps, 1, __ATOMIC_SEQ_CST);
	nanosleep(&pause, NULL);
	__atomic_fetch_sub(&inside, 1, __ATOMIC_SEQ_CST);
}

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
	note_overlap();
	counter_raise(&arrived);
	return forget_message(context, topic, length, message);
}

static void on_delivery(void *context, MQTTAsync_token token)
{
	(void)context;
	(void)token;
	note_overlap();
	counter_raise(&delivered);
}

static void on_sent(void *context, MQTTAsync_successData *data)
{
	(void)context;
	(void)data;
	note_overlap();
	counter_raise(&sent);
}

static MQTTAsync start(const char *uri, int number)
{
	char name[] = { (char)('0' + number), 0 };
	struct outcomes outcomes = OUTCOMES_INITIALIZER;
	MQTTAsync_responseOptions subscribed = counted_in(&outcomes, MQTTVERSION_3_1_1);
	MQTTAsync client = new_client(uri, name, MQTTVERSION_3_1_1);

	EXPECT(0, MQTTAsync_setCallbacks(client, NULL, NULL, on_message, on_delivery));
	connect_and_wait(client, MQTTVERSION_3_1_1);
	EXPECT(0, MQTTAsync_subscribe(client, "all", 1, &subscribed));
	AWAIT(&outcomes.success, 1);
	return client;
}

int main(int argc, char **argv)
{
	MQTTAsync clients[CLIENTS];
	int i;

	for (i = 0; i < CLIENTS; i++)
		clients[i] = start(argument(argc, argv, 1), i);
	for (i = 0; i < MESSAGES; i++)
	{
		MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;

		response.onSuccess = on_sent;
		EXPECT(0, MQTTAsync_send(clients[i % CLIENTS], "all", 1, "x", 1, 0, &response));
	}
	AWAIT(&arrived, MESSAGES * CLIENTS);
	AWAIT(&delivered, MESSAGES);
	AWAIT(&sent, MESSAGES);
	say(overlaps == 0 ? "none" : "some");
	for (i = 0; i < CLIENTS; i++)
		MQTTAsync_destroy(&clients[i]);
	return 0;
}
