/* Control messages of any contents, at any alignment, in memory of exactly their length. */
#include "../../main/c/control.h"
#include "kernel.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MOST_ROOM 300

/* What cmsg(3) says of the same memory. The macros expect messages that are whole, and an alignment. */
static bool countsAsTheMacrosDo(const void *control, size_t length, int type, size_t found) {
  struct msghdr message = {.msg_control = length == 0 ? NULL : malloc(length), .msg_controllen = length};
  if (length > 0) memcpy(message.msg_control, control, length);
  bool whole = true;
  size_t count = 0;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
    const size_t offset = (size_t)((char *)header - (char *)message.msg_control);
    if (header->cmsg_len < CMSG_LEN(0) || header->cmsg_len > length - offset) {
      whole = false;
      break;
    }
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != type) continue;
    for (size_t i = 0; i < (header->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
      int number;
      memcpy(&number, CMSG_DATA(header) + i * sizeof number, sizeof number);
      if (number >= 0) count++;
    }
  }
  free(message.msg_control);
  return !whole || count == found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input = (Input){data, size};
  const int type = next(1) == 0 ? SCM_RIGHTS : SCM_PIDFD;
  const size_t room = next(MOST_ROOM);
  const size_t skew = next(7);
  const size_t length = input.left;
  char *memory = exactly(skew + length);
  if (length > 0) memmove(memory + skew, memory, length);
  int *numbers = exactly(room * sizeof *numbers);
  const size_t found = controlDescriptors(memory + skew, length, type, numbers, room);
  for (size_t i = 0; i < room && i < found; i++) CHECK(numbers[i] >= 0);
  CHECK(found <= length / sizeof(int));
  CHECK(countsAsTheMacrosDo(memory + skew, length, type, found));
  free(numbers);
  free(memory);
  return 0;
}
