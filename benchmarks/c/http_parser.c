#include "http_parser.h"

#include <string.h>
#include <strings.h>

enum { TOKEN = 1, PATH = 2, QUERY = 4, HOST = 8, HEX = 16, DIGIT = 32 };

#define ALPHA TOKEN | PATH | QUERY | HOST
#define ALPHA_HEX ALPHA | HEX
#define NUMBER ALPHA | HEX | DIGIT
#define TARGET PATH | QUERY | HOST

static const uint8_t classes[256] = {
    ['0' ... '9'] = NUMBER, ['a' ... 'f'] = ALPHA_HEX, ['g' ... 'z'] = ALPHA, ['A' ... 'F'] = ALPHA_HEX,
    ['G' ... 'Z'] = ALPHA,
    ['-'] = ALPHA, ['.'] = ALPHA, ['_'] = ALPHA, ['~'] = ALPHA,
    ['!'] = ALPHA, ['$'] = ALPHA, ['&'] = ALPHA, ['\''] = ALPHA, ['*'] = ALPHA, ['+'] = ALPHA,
    ['('] = TARGET, [')'] = TARGET, [','] = TARGET, [';'] = TARGET, ['='] = TARGET,
    [':'] = PATH | QUERY, ['@'] = PATH | QUERY, ['/'] = PATH | QUERY, ['?'] = QUERY,
    ['#'] = TOKEN, ['%'] = TOKEN, ['^'] = TOKEN, ['`'] = TOKEN, ['|'] = TOKEN,
};

static const char *skip(int kind, const char *at, const char *end) {
  while (at < end && (classes[(uint8_t) *at] & kind) != 0) {
    at++;
  }
  return at;
}

static int is_blank(char octet) {
  return octet == ' ' || octet == '\t';
}

static const char *skip_blanks(const char *at, const char *end) {
  while (at < end && is_blank(*at)) {
    at++;
  }
  return at;
}

/* Returns the first control character that is no tab, or the end. Eight octets are looked at at once. */
static const char *find_control(const char *at, const char *end) {
  const uint64_t low_bits = 0x7f7f7f7f7f7f7f7full;
  while (1) {
    uint64_t controls = 0;
    for (; end - at >= 8; at += 8) {
      uint64_t word;
      memcpy(&word, at, sizeof word);
      uint64_t next = ((word & low_bits) + 0x0101010101010101ull) & low_bits;
      controls = ~((next + 0x5f5f5f5f5f5f5f5full) | word) & ~low_bits;
      if (controls != 0) {
        at += __builtin_ctzll(controls) >> 3; /* the first octet is the lowest: a little-endian machine */
        break;
      }
    }
    if (controls == 0) {
      while (at < end && ((uint8_t) *at >= ' ' && *at != 0x7f)) {
        at++;
      }
    }
    if (at == end || *at != '\t') {
      return at;
    }
    at++;
  }
}

/* Returns the CR that ends a line; NULL with the status set, or with the status 0 if the line goes on. */
static const char *find_end(const char *line, const char *end, ptrdiff_t longest, int too_long, int *status) {
  const char *last = longest + 1 < end - line ? line + longest + 1 : end;
  const char *at = find_control(line, last);
  *status = 0;
  if (at == last) {
    *status = at - line > longest ? -too_long : 0;
    return NULL;
  }
  if (*at != '\r') {
    *status = -400;
    return NULL;
  }
  if (at + 1 == end) {
    return NULL;
  }
  if (at[1] != '\n') {
    *status = -400;
    return NULL;
  }
  return at;
}

static const char *skip_with_escapes(int kind, const char *begin, const char *end) {
  const char *at = skip(kind, begin, end);
  while (at < end && *at == '%' && end - at > 2 && skip(HEX, at + 1, at + 3) == at + 3) {
    at = skip(kind, at + 3, end);
  }
  return at;
}

static int is_authority(const char *begin, const char *end) {
  const char *at;
  if (begin < end && *begin == '[') {
    at = begin + 1;
    while (at < end && ((classes[(uint8_t) *at] & HEX) != 0 || *at == ':' || *at == '.')) {
      at++;
    }
    if (at == end || at == begin + 1 || *at != ']') {
      return 0;
    }
    at++;
  } else {
    at = skip_with_escapes(HOST, begin, end);
  }
  return at == end || (*at == ':' && skip(DIGIT, at + 1, end) == end);
}

static int parse_path(const char *begin, const char *end, struct head *head) {
  const char *query = skip_with_escapes(PATH, begin, end);
  head->path = begin;
  head->path_length = (size_t) (query - begin);
  return query == end || (*query == '?' && skip_with_escapes(QUERY, query, end) == end) ? 0 : -400;
}

static int parse_absolute(const char *begin, const char *end, struct head *head) {
  const char *authority = NULL;
  if (end - begin > 7 && strncasecmp(begin, "http://", 7) == 0) {
    authority = begin + 7;
  } else if (end - begin > 8 && strncasecmp(begin, "https://", 8) == 0) {
    authority = begin + 8;
  } else {
    return -400;
  }
  const char *authority_end = authority;
  while (authority_end < end && *authority_end != '/' && *authority_end != '?') {
    authority_end++;
  }
  if (authority == authority_end || *authority == ':' || !is_authority(authority, authority_end)) {
    return -400;
  }
  return parse_path(authority_end, end, head);
}

static int parse_request_line(const char *begin, const char *end, struct head *head) {
  const char *version = end - 8;
  if (version <= begin) {
    return -400;
  }
  if (memcmp(version, "HTTP/1.1", 8) == 0) {
    head->minor_version = 1;
  } else {
    if (memcmp(version, "HTTP/", 5) != 0 || version[6] != '.' || skip(DIGIT, version + 5, version + 6) == version + 5
        || skip(DIGIT, version + 7, version + 8) == version + 7) {
      return -400;
    }
    if (version[5] != '1') {
      return -505;
    }
    head->minor_version = version[7] - '0';
  }
  const char *method_end = memcmp(begin, "GET ", 4) == 0 ? begin + 3 : skip(TOKEN, begin, version);
  const char *target = method_end + 1;
  const char *target_end = version - 1;
  if (method_end == begin || *method_end != ' ' || target >= target_end || *target_end != ' ') {
    return -400;
  }
  head->method = *begin == 'G' && method_end - begin == 3 && memcmp(begin, "GET", 3) == 0 ? METHOD_GET
      : method_end - begin == 4 && memcmp(begin, "HEAD", 4) == 0 ? METHOD_HEAD : METHOD_OTHER;
  return *target == '/' ? parse_path(target, target_end, head) : parse_absolute(target, target_end, head);
}

static int is(const char *begin, const char *end, const char *lower_case) {
  return (size_t) (end - begin) == strlen(lower_case) && strncasecmp(begin, lower_case, (size_t) (end - begin)) == 0;
}

/* What the fields have said so far. */
struct fields {
  unsigned count;
  int has_host;
  int has_length;
  int says_close;
  int says_keep_alive;
};

static int parse_length(const char *begin, const char *end, struct fields *fields, struct head *head) {
  if (fields->has_length || begin == end || end - begin > 18 || skip(DIGIT, begin, end) != end) {
    return -400;
  }
  fields->has_length = 1;
  head->content_length = 0;
  for (const char *at = begin; at < end; at++) {
    head->content_length = head->content_length * 10 + (uint64_t) (*at - '0');
  }
  return 0;
}

static void parse_connection(const char *begin, const char *end, struct fields *fields) {
  const char *at = begin;
  while (at < end) {
    const char *option_end = at;
    while (option_end < end && *option_end != ',' && !is_blank(*option_end)) {
      option_end++;
    }
    fields->says_close |= is(at, option_end, "close");
    fields->says_keep_alive |= is(at, option_end, "keep-alive");
    at = option_end + 1;
  }
}

static int parse_field(const char *begin, const char *end, struct fields *fields, struct head *head) {
  const char *colon = skip(TOKEN, begin, end);
  if (colon == begin || colon == end || *colon != ':') {
    return -400;
  }
  if (++fields->count > MOST_FIELDS) {
    return -431;
  }
  size_t length = (size_t) (colon - begin);
  if (length != 4 && length != 6 && length != 10 && length != 14 && length != 17) {
    return 0;
  }
  const char *value = skip_blanks(colon + 1, end);
  const char *value_end = end;
  while (value_end > value && is_blank(value_end[-1])) {
    value_end--;
  }
  if (length == 4 && is(begin, colon, "host")) {
    if (fields->has_host || (value < value_end && !is_authority(value, value_end))) {
      return -400;
    }
    fields->has_host = 1;
  } else if (length == 6 && is(begin, colon, "expect")) {
    return is(value, value_end, "100-continue") ? 0 : -417;
  } else if (length == 10 && is(begin, colon, "connection")) {
    parse_connection(value, value_end, fields);
  } else if (length == 14 && is(begin, colon, "content-length")) {
    return parse_length(value, value_end, fields, head);
  } else if (length == 17 && is(begin, colon, "transfer-encoding")) {
    return -501;
  }
  return 0;
}

int parse_head(const char *bytes, size_t length, struct head *head) {
  const char *end = bytes + length;
  const char *line = bytes;
  struct fields fields = {0};
  int status;
  int in_fields = 0;
  head->content_length = 0;
  while (1) {
    ptrdiff_t longest = HEAD_BYTES - (line - bytes) - 2;
    int is_short = !in_fields && REQUEST_LINE_BYTES < longest;
    if (longest < 0) {
      return -431;
    }
    const char *line_end =
        find_end(line, end, is_short ? REQUEST_LINE_BYTES : longest, is_short ? 414 : 431, &status);
    if (line_end == NULL) {
      return status;
    }
    if (line_end == line && in_fields) {
      if (!fields.has_host && head->minor_version > 0) {
        return -400;
      }
      head->keep_alive = !fields.says_close && (head->minor_version > 0 || fields.says_keep_alive);
      return (int) (line_end + 2 - bytes);
    }
    if (in_fields) {
      status = parse_field(line, line_end, &fields, head);
    } else if (line_end != line) {
      status = parse_request_line(line, line_end, head);
      in_fields = 1;
    }
    if (status != 0) {
      return status;
    }
    line = line_end + 2;
  }
}
