/* Datagrams: udp(7), and unix(7) in SOCK_DGRAM. No call waits, and no send raises SIGPIPE. */
#include "stepoll.h"
#include "io_stepoll_internal_sys_Datagrams.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define CONSTANT(name) io_stepoll_internal_sys_Datagrams_##name
_Static_assert(CONSTANT(AF_UNSPEC) == AF_UNSPEC, "AF_UNSPEC");
_Static_assert(CONSTANT(MSG_TRUNC) == MSG_TRUNC, "MSG_TRUNC");
_Static_assert(CONSTANT(IPPROTO_IP) == IPPROTO_IP, "IPPROTO_IP");
_Static_assert(CONSTANT(IPPROTO_IPV6) == IPPROTO_IPV6, "IPPROTO_IPV6");
_Static_assert(CONSTANT(IPV6_V6ONLY) == IPV6_V6ONLY, "IPV6_V6ONLY");
_Static_assert(CONSTANT(MCAST_JOIN_GROUP) == MCAST_JOIN_GROUP, "MCAST_JOIN_GROUP");
_Static_assert(CONSTANT(MCAST_BLOCK_SOURCE) == MCAST_BLOCK_SOURCE, "MCAST_BLOCK_SOURCE");
_Static_assert(CONSTANT(MCAST_UNBLOCK_SOURCE) == MCAST_UNBLOCK_SOURCE, "MCAST_UNBLOCK_SOURCE");
_Static_assert(CONSTANT(MCAST_LEAVE_GROUP) == MCAST_LEAVE_GROUP, "MCAST_LEAVE_GROUP");
_Static_assert(CONSTANT(MCAST_JOIN_SOURCE_GROUP) == MCAST_JOIN_SOURCE_GROUP, "MCAST_JOIN_SOURCE_GROUP");
_Static_assert(CONSTANT(MCAST_LEAVE_SOURCE_GROUP) == MCAST_LEAVE_SOURCE_GROUP, "MCAST_LEAVE_SOURCE_GROUP");

/* The parts of a batch's headers that Java writes and reads, in the order of Datagrams.Layout. */
static const size_t layout[] = {
    sizeof(struct mmsghdr),
    offsetof(struct mmsghdr, msg_hdr) + offsetof(struct msghdr, msg_namelen),
    offsetof(struct mmsghdr, msg_len),
    sizeof(struct iovec),
    offsetof(struct iovec, iov_base),
    offsetof(struct iovec, iov_len),
};
_Static_assert(sizeof(socklen_t) == 4 && sizeof(((struct mmsghdr *)0)->msg_len) == 4, "Java accesses them as ints");
_Static_assert(sizeof(((struct iovec *)0)->iov_len) == 8 && sizeof(void *) == 8, "Java accesses them as longs");

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Datagrams_layout(JNIEnv *env, jclass type, jint field) {
  (void)env, (void)type;
  if (field < 0 || (size_t)field >= sizeof layout / sizeof *layout) return -EINVAL;
  return (jint)layout[field];
}

/* Writes the part of a batch that never changes: each header has one piece and one name. C does this, because the C
 * libraries do not agree on the width of msg_iovlen. */
JNIEXPORT void JNICALL Java_io_stepoll_internal_sys_Datagrams_layOut(JNIEnv *env, jclass type, jlong headers,
                                                                     jint count, jlong pieces, jlong names) {
  (void)env, (void)type;
  struct mmsghdr *header = pointer(headers);
  struct iovec *piece = pointer(pieces);
  struct sockaddr_storage *name = pointer(names);
  for (jint i = 0; i < count; i++) {
    header[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &name[i], .msg_iov = &piece[i], .msg_iovlen = 1}};
  }
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Datagrams_sendto(JNIEnv *env, jclass type, jint fd, jlong address,
                                                                     jint length, jlong name, jint nameLength) {
  (void)env, (void)type;
  return result(sendto(fd, pointer(address), (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL,
                       nameLength == 0 ? NULL : pointer(name), (socklen_t)nameLength));
}

/* Returns the datagram's full length in the low half, the length of the sender's name in the high half; or -errno. */
JNIEXPORT jlong JNICALL Java_io_stepoll_internal_sys_Datagrams_recvfrom(JNIEnv *env, jclass type, jint fd,
                                                                        jlong address, jint length, jint flags,
                                                                        jlong name, jint nameCapacity) {
  (void)env, (void)type;
  socklen_t nameLength = (socklen_t)nameCapacity;
  const ssize_t count = recvfrom(fd, pointer(address), (size_t)length, flags | MSG_DONTWAIT | MSG_TRUNC, pointer(name),
                                 &nameLength);
  if (count < 0) return -errno;
  return (jlong)((uint64_t)(uint32_t)count | (uint64_t)nameLength << 32);
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Datagrams_recvmmsg(JNIEnv *env, jclass type, jint fd,
                                                                       jlong headers, jint count) {
  (void)env, (void)type;
  return result(recvmmsg(fd, pointer(headers), (unsigned)count, MSG_DONTWAIT | MSG_TRUNC, NULL));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Datagrams_sendmmsg(JNIEnv *env, jclass type, jint fd,
                                                                       jlong headers, jint count) {
  (void)env, (void)type;
  return result(sendmmsg(fd, pointer(headers), (unsigned)count, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/* setsockopt(2) of a multicast membership. A source length of 0 stands for any source. */
JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Datagrams_membership(JNIEnv *env, jclass type, jint fd, jint level,
                                                                         jint option, jint interfaceIndex, jlong group,
                                                                         jint groupLength, jlong source,
                                                                         jint sourceLength) {
  (void)env, (void)type;
  if (groupLength < 0 || (size_t)groupLength > sizeof(struct sockaddr_storage)) return -EINVAL;
  if (sourceLength < 0 || (size_t)sourceLength > sizeof(struct sockaddr_storage)) return -EINVAL;
  if (sourceLength == 0) {
    struct group_req request = {.gr_interface = (uint32_t)interfaceIndex};
    memcpy(&request.gr_group, pointer(group), (size_t)groupLength);
    return result(setsockopt(fd, level, option, &request, sizeof request));
  }
  struct group_source_req request = {.gsr_interface = (uint32_t)interfaceIndex};
  memcpy(&request.gsr_group, pointer(group), (size_t)groupLength);
  memcpy(&request.gsr_source, pointer(source), (size_t)sourceLength);
  return result(setsockopt(fd, level, option, &request, sizeof request));
}
