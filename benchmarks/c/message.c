#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* All messages differ, and in each of their words. */
void fill_message(char *message, uint64_t stream, uint64_t sequence) {
  uint64_t words[MESSAGE_BYTES / sizeof(uint64_t)];
  words[0] = sequence;
  for (unsigned i = 1; i < MESSAGE_BYTES / sizeof(uint64_t); i++) {
    words[i] = ((sequence << 8 | i) ^ stream << 48) * 0x9e3779b97f4a7c15; /* 2^64 / golden ratio, odd */
  }
  memcpy(message, words, MESSAGE_BYTES);
}

void check_message(const char *message, uint64_t stream, uint64_t sequence) {
  char expected[MESSAGE_BYTES];
  fill_message(expected, stream, sequence);
  if (memcmp(message, expected, MESSAGE_BYTES) != 0) {
    fprintf(stderr, "load: answer %llu of connection %llu is not what was sent\n", (unsigned long long) sequence,
        (unsigned long long) stream);
    errno = 0;
    die("a wrong answer");
  }
}
