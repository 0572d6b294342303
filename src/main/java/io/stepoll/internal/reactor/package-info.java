/**
 * The step of a loop: its four phases, its timers, and who may call. It knows no task and no descriptor. Knows the
 * time, the scheduler, the poll, timers and the contract.
 */
package io.stepoll.internal.reactor;
