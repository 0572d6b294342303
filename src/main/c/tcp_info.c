/* struct tcp_info from the kernel's own header. The struct of the C library ends where it ended in Linux 2.6, and the
 * two headers cannot be included together. */
#include "stepoll.h"
#include "io_stepoll_internal_sys_Options.h"

#include <linux/tcp.h>
#include <stddef.h>

/* In the order of Options.TcpInfoField: the bytes, then the 32-bit fields, then the 64-bit ones. */
static const size_t layout[] = {
    sizeof(struct tcp_info),
    offsetof(struct tcp_info, tcpi_state),
    offsetof(struct tcp_info, tcpi_retransmits),
    offsetof(struct tcp_info, tcpi_rto),
    offsetof(struct tcp_info, tcpi_snd_mss),
    offsetof(struct tcp_info, tcpi_rcv_mss),
    offsetof(struct tcp_info, tcpi_unacked),
    offsetof(struct tcp_info, tcpi_sacked),
    offsetof(struct tcp_info, tcpi_lost),
    offsetof(struct tcp_info, tcpi_retrans),
    offsetof(struct tcp_info, tcpi_last_data_sent),
    offsetof(struct tcp_info, tcpi_last_data_recv),
    offsetof(struct tcp_info, tcpi_pmtu),
    offsetof(struct tcp_info, tcpi_rtt),
    offsetof(struct tcp_info, tcpi_rttvar),
    offsetof(struct tcp_info, tcpi_snd_ssthresh),
    offsetof(struct tcp_info, tcpi_snd_cwnd),
    offsetof(struct tcp_info, tcpi_total_retrans),
    offsetof(struct tcp_info, tcpi_notsent_bytes),
    offsetof(struct tcp_info, tcpi_min_rtt),
    offsetof(struct tcp_info, tcpi_bytes_acked),
    offsetof(struct tcp_info, tcpi_bytes_received),
    offsetof(struct tcp_info, tcpi_delivery_rate),
    offsetof(struct tcp_info, tcpi_bytes_sent),
    offsetof(struct tcp_info, tcpi_bytes_retrans),
};

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Options_tcpInfoLayout(JNIEnv *env, jclass type, jint field) {
  (void)env, (void)type;
  if (field < 0 || (size_t)field >= sizeof layout / sizeof *layout) return -EINVAL;
  return (jint)layout[field];
}
