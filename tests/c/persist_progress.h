/* Notes that outlive the process: a file of numbers in shared memory. */

#ifndef TESTS_PERSIST_PROGRESS_H
#define TESTS_PERSIST_PROGRESS_H

#include <fcntl.h>
#include <sys/mman.h>

#include "common.h"

/* Opens a file with room for so many numbers. */
UNUSED static volatile unsigned *open_notes(const char *path, size_t count)
{
	int file = open(path, O_RDWR | O_CREAT, 0600);
	void *notes;

	REQUIRE(file >= 0);
	REQUIRE(ftruncate(file, (off_t)(count * sizeof(unsigned))) == 0);
	notes = mmap(NULL, count * sizeof(unsigned), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	REQUIRE(notes != MAP_FAILED);
	close(file);
	return notes;
}

#endif
