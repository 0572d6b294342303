/**
 * Loops, groups and servers as MXBeans, for JMX clients such as jconsole. Only what a program registers is there.
 *
 * <p>How do I …
 * <ul>
 * <li>show a loop, a group or a server: {@link io.stepoll.management.Management}
 * <li>read what is shown in a program: {@link io.stepoll.management.LoopMXBean},
 *     {@link io.stepoll.management.ServerMXBean}
 * </ul>
 */
@NullMarked
package io.stepoll.management;

import org.jspecify.annotations.NullMarked;
