/**
 * The library's platform threads besides the threads of loops: for work that blocks, for phantom references, and for
 * the start of the JDK's pollers. Knows {@link io.stepoll.internal.sys} only.
 */
package io.stepoll.internal.threads;
