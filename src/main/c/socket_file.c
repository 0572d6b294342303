/* The files of Unix sockets: lstat(2), unlink(2), and a lock on their folder. Nothing here follows a symbolic link at
 * the end of a path. */
#include "direct.h"
#include "stepoll.h"
#include "io_stepoll_internal_sys_SocketFile.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONSTANT(name) io_stepoll_internal_sys_SocketFile_##name
_Static_assert(CONSTANT(S_IFSOCK) == S_IFSOCK, "S_IFSOCK");
_Static_assert(CONSTANT(S_IFLNK) == S_IFLNK, "S_IFLNK");
_Static_assert(CONSTANT(S_IFREG) == S_IFREG, "S_IFREG");
_Static_assert(CONSTANT(S_IFDIR) == S_IFDIR, "S_IFDIR");

/* Returns the type of the file, the bits S_IFMT of its mode. Stores its device and its inode as two longs. */
JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_SocketFile_lstat(JNIEnv *env, jclass type, jlong path,
                                                                     jlong twoLongs) {
  (void)env, (void)type;
  struct stat status;
  if (direct_lstat(pointer(path), &status) < 0) return -errno;
  jlong *identity = pointer(twoLongs);
  identity[0] = (jlong)status.st_dev;
  identity[1] = (jlong)status.st_ino;
  return (jint)(status.st_mode & S_IFMT);
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_SocketFile_unlink(JNIEnv *env, jclass type, jlong path) {
  (void)env, (void)type;
  return result(unlink(pointer(path)));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_SocketFile_openFolder(JNIEnv *env, jclass type, jlong path) {
  (void)env, (void)type;
  return result(open(pointer(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_SocketFile_tryLock(JNIEnv *env, jclass type, jint fd) {
  (void)env, (void)type;
  return result(flock(fd, LOCK_EX | LOCK_NB));
}
