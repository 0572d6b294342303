/* Reads the control messages of a received message. */
#include "control.h"

#include <string.h>
#include <sys/socket.h>

size_t controlDescriptors(const void *control, size_t length, int type, int *numbers, size_t room) {
  const char *at = control;
  size_t left = length;
  size_t found = 0;
  while (left >= CMSG_LEN(0)) {
    struct cmsghdr header;
    memcpy(&header, at, sizeof header);
    const size_t size = header.cmsg_len;
    if (size < CMSG_LEN(0)) break; /* no message of the kernel's: there is no next one, either */
    const size_t end = size < left ? size : left;
    if (header.cmsg_level == SOL_SOCKET && header.cmsg_type == type) {
      for (size_t i = CMSG_LEN(0); end - i >= sizeof(int); i += sizeof(int)) {
        int number;
        memcpy(&number, at + i, sizeof number);
        if (number < 0) continue;
        if (found < room) numbers[found] = number;
        found++;
      }
    }
    const size_t step = CMSG_ALIGN(end);
    if (size > left || step >= left) break;
    at += step;
    left -= step;
  }
  return found;
}
