/**
 * Brings readiness to the waiters: epoll, its event array, the registrations and the wake-up of a sleeping poll.
 * Knows {@link io.stepoll.internal.sys} only.
 */
package io.stepoll.internal.poll;
