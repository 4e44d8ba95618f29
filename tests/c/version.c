/* Prints the version information, which needs no client. */

#include "support.h"

int main(void)
{
	const MQTTClient_nameValue *info = MQTTClient_getVersionInfo();

	REQUIRE(info != NULL);
	for (; info->name != NULL; ++info)
		say("%s: %s", info->name, info->value);
	return 0;
}
