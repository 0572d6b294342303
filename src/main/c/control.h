/* The control messages of a received message; see cmsg(3), unix(7). Nothing here needs a socket or a JVM. */
#ifndef CONTROL_H
#define CONTROL_H

#include <stddef.h>

#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04 /* since Linux 6.5; old headers lack it */
#endif

/* Finds the descriptors in control messages of one type, at the level SOL_SOCKET.
 *
 * control, length: the memory that recvmsg(2) has filled, msg_control and msg_controllen. It may have any contents and
 *   any alignment. Nothing outside of it is read. A message that claims more than the memory has is cut there.
 * type: SCM_RIGHTS or SCM_PIDFD.
 * numbers, room: where the numbers go, in their order, and for how many there is room. Negative numbers are left out:
 *   the kernel reports by one that it had no pidfd.
 *
 * Returns how many numbers there are. More than there is room for are counted and not stored. */
size_t controlDescriptors(const void *control, size_t length, int type, int *numbers, size_t room);

#endif
