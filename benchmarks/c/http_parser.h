#ifndef BENCH_HTTP_PARSER_H
#define BENCH_HTTP_PARSER_H

#include <stddef.h>
#include <stdint.h>

#define HEAD_BYTES (1 << 14)
#define REQUEST_LINE_BYTES 8000
#define MOST_FIELDS 100

enum method { METHOD_GET, METHOD_HEAD, METHOD_OTHER };

/* A request's head, with what its fields say. The path points into the bytes that were parsed. */
struct head {
  enum method method;
  const char *path;
  size_t path_length;
  int minor_version;
  int keep_alive;
  uint64_t content_length;
};

/*
 * Parses a head with the checks of the Java example's RequestHead; a body in chunks is not implemented (501). Returns
 * how many bytes the head has; 0 if it goes on beyond the end; the negative status of a refusal.
 */
int parse_head(const char *bytes, size_t length, struct head *head);

#endif
