/* The language of the side programs: commands of words and options, the events that they wait for, properties as text. */

#ifndef TESTS_SIDE_WORDS_H
#define TESTS_SIDE_WORDS_H

#include "common.h"

#include "MQTTProperties.h"

static char *words[32];
static char *options[32];
static int word_count, option_count;

static struct event
{
	const char *name;
	struct counter count;
} events[] = {
	{ "message", COUNTER_INITIALIZER },
	{ "complete", COUNTER_INITIALIZER },
	{ "published", COUNTER_INITIALIZER },
	{ "lost", COUNTER_INITIALIZER },
	{ "disconnected", COUNTER_INITIALIZER },
	{ "refused", COUNTER_INITIALIZER },
	/* Of MQTTAsync: the successes of requests, by their kind, and all failures. */
	{ "connect", COUNTER_INITIALIZER },
	{ "send", COUNTER_INITIALIZER },
	{ "subscribe", COUNTER_INITIALIZER },
	{ "unsubscribe", COUNTER_INITIALIZER },
	{ "disconnect", COUNTER_INITIALIZER },
	{ "failure", COUNTER_INITIALIZER },
	{ "connected", COUNTER_INITIALIZER },
	{ "update", COUNTER_INITIALIZER },
};

static struct counter *event(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(events) / sizeof(events[0]); ++i)
		if (strcmp(events[i].name, name) == 0)
			return &events[i].count;
	fail("no event: %s", name);
}

static const char *option(const char *key, const char *otherwise)
{
	size_t length = strlen(key);
	int i;

	for (i = 0; i < option_count; ++i)
		if (strncmp(options[i], key, length) == 0 && options[i][length] == '=')
			return options[i] + length + 1;
	return otherwise;
}

static int number(const char *key, int otherwise)
{
	const char *text = option(key, NULL);

	return text == NULL ? otherwise : atoi(text);
}

static char *word(int index)
{
	if (index >= word_count)
		fail("%s: word %d is missing", words[0], index);
	return words[index];
}

/* The options that begin with the prefix, as properties; to be freed by the caller. */
static MQTTProperties properties(char prefix)
{
	MQTTProperties list = MQTTProperties_initializer;
	int i;

	for (i = 0; i < option_count; ++i)
	{
		MQTTProperty property;
		char *text, *second;

		if (options[i][0] != prefix || options[i][1] != '.')
			continue;
		memset(&property, 0, sizeof(property));
		property.identifier = (enum MQTTPropertyCodes)strtol(options[i] + 2, &text, 10);
		text++;
		switch (MQTTProperty_getType(property.identifier))
		{
		case MQTTPROPERTY_TYPE_BYTE:
			property.value.byte = (unsigned char)atoi(text);
			break;
		case MQTTPROPERTY_TYPE_TWO_BYTE_INTEGER:
			property.value.integer2 = (unsigned short)atoi(text);
			break;
		case MQTTPROPERTY_TYPE_FOUR_BYTE_INTEGER:
		case MQTTPROPERTY_TYPE_VARIABLE_BYTE_INTEGER:
			property.value.integer4 = (unsigned int)strtoul(text, NULL, 10);
			break;
		case MQTTPROPERTY_TYPE_UTF_8_STRING_PAIR:
			second = strchr(text, ':');
			REQUIRE(second != NULL);
			property.value.data.data = text;
			property.value.data.len = (int)(second - text);
			property.value.value.data = second + 1;
			property.value.value.len = (int)strlen(second + 1);
			break;
		default:
			property.value.data.data = text;
			property.value.data.len = (int)strlen(text);
		}
		EXPECT(0, MQTTProperties_add(&list, &property));
	}
	return list;
}

/* The properties as text, in the order of the packet. */
static const char *shown(const MQTTProperties *list)
{
	static __thread char text[1000];
	size_t end = 0;
	int i;

	if (list == NULL)
		return "NULL";
	text[end++] = '{';
	for (i = 0; i < list->count; ++i)
	{
		const MQTTProperty *property = &list->array[i];
		const MQTTLenString *data = &property->value.data, *second = &property->value.value;
		int id = (int)property->identifier;
		size_t room = sizeof(text) - end;

		if (i > 0)
			end += (size_t)snprintf(text + end, room, ", ");
		room = sizeof(text) - end;
		switch (MQTTProperty_getType(property->identifier))
		{
		case MQTTPROPERTY_TYPE_BYTE:
			end += (size_t)snprintf(text + end, room, "%d: %d", id, property->value.byte);
			break;
		case MQTTPROPERTY_TYPE_TWO_BYTE_INTEGER:
			end += (size_t)snprintf(text + end, room, "%d: %d", id, property->value.integer2);
			break;
		case MQTTPROPERTY_TYPE_FOUR_BYTE_INTEGER:
		case MQTTPROPERTY_TYPE_VARIABLE_BYTE_INTEGER:
			end += (size_t)snprintf(text + end, room, "%d: %u", id, property->value.integer4);
			break;
		case MQTTPROPERTY_TYPE_UTF_8_STRING_PAIR:
			end += (size_t)snprintf(text + end, room, "%d: %.*s=%.*s", id, data->len, data->data, second->len, second->data);
			break;
		default:
			end += (size_t)snprintf(text + end, room, "%d: %.*s", id, data->len, data->data);
		}
		REQUIRE(end + 1 < sizeof(text));
	}
	strcpy(text + end, "}");
	return text;
}

/* What does not come is a difference, too: shorter than a test's patience. */
static void do_await(void)
{
	if (!counter_reaches(event(word(1)), atoi(word(2)), 15000))
		fail("no %s, number %s", word(1), word(2));
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int is_directory(const struct dirent *entry)
{
	return is_visible(entry) && entry->d_type == DT_DIR;
}

/* The directories' names are not shown: there is a port in them. */
static void do_files(void)
{
	struct dirent **directories, **files;
	char text[1000] = "";
	int directory_count = scandir(".", &directories, is_directory, alphasort), i, j;

	REQUIRE(directory_count >= 0);
	for (i = 0; i < directory_count; ++i)
	{
		int file_count = scandir(directories[i]->d_name, &files, is_visible, alphasort);

		REQUIRE(file_count >= 0);
		for (j = 0; j < file_count; ++j)
		{
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s", files[j]->d_name);
			free(files[j]);
		}
		free(files);
		free(directories[i]);
	}
	free(directories);
	say("call files: in %d directories,%s", directory_count, text);
}

/* Takes a command apart. */
static void read_command(char *text)
{
	char *rest = NULL, *next = strtok_r(text, " ", &rest);

	word_count = option_count = 0;
	for (; next != NULL; next = strtok_r(NULL, " ", &rest))
	{
		REQUIRE(word_count < 32 && option_count < 32);
		if (strchr(next, '=') != NULL)
			options[option_count++] = next;
		else
			words[word_count++] = next;
	}
}

#endif
