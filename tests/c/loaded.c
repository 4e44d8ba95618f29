/* Runs a program that is made as a plug-in: its main, with the libraries that it is linked with, is loaded by dlopen.
 * Arguments: local or global, the plug-in, and those of its main. */

#include <dlfcn.h>
#include <stdlib.h>

#include "common.h"

int main(int argc, char **argv)
{
	int scope = strcmp(argument(argc, argv, 1), "global") == 0 ? RTLD_GLOBAL : RTLD_LOCAL;
	void *plugin = dlopen(argument(argc, argv, 2), RTLD_NOW | scope);
	int (*run)(int, char **);

	if (plugin == NULL)
		fail("%s", dlerror());
	REQUIRE((run = (int (*)(int, char **))dlsym(plugin, "main")) != NULL);
	return run(argc - 2, argv + 2);
}
