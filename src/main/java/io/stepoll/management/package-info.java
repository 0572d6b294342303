/** Loops, groups and servers as MXBeans, for JMX clients such as jconsole. Only what a program registers is there. */
@NullMarked
package io.stepoll.management;

import org.jspecify.annotations.NullMarked;
