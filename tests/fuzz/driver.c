/*
 * Runs a fuzzer over files, for builds without libFuzzer: each file named, and
 * each file in a directory named, is one input.  `make check` gives it the
 * corpus, so that what was once found stays mended.
 */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int	 run_file(const char *);
static int	 run_directory(const char *);

int
main(int argc, char **argv)
{
	int count = 0;
	struct stat st;

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-')
			continue;	/* libFuzzer's options */
		if (stat(argv[i], &st) == -1) {
			perror(argv[i]);
			return 1;
		}
		count += S_ISDIR(st.st_mode) ? run_directory(argv[i]) :
		    run_file(argv[i]);
	}
	printf("%d inputs\n", count);
	return count == 0;
}

static int
run_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char name[4096];
	int count = 0;

	if (dir == NULL) {
		perror(path);
		exit(1);
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		count += run_file(name);
	}
	closedir(dir);
	return count;
}

/* The input lies in a block of its exact size, so that ASan sees overruns. */
static int
run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t size;

	if (file == NULL || fstat(fileno(file), &st) == -1) {
		perror(path);
		exit(1);
	}
	size = (size_t)st.st_size;
	data = malloc(size > 0 ? size : 1);
	if (data == NULL || fread(data, 1, size, file) != size) {
		perror(path);
		exit(1);
	}
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}
