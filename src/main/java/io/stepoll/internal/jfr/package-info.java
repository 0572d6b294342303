/**
 * The events for the JDK's flight recorder, and the one way to them, which leads nowhere in a JVM without the module
 * jdk.jfr. Knows the contract and its numbers.
 */
package io.stepoll.internal.jfr;
