/** The main class of the jar: what a report of a problem needs. Not exported. */
package io.stepoll.diagnostics;
