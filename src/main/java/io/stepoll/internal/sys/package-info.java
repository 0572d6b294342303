/**
 * Every native method, errno and the loading of the shim. It knows no other room of the project.
 *
 * <p>The border with C: ints, longs and addresses only. C returns the result or {@code -errno}; the callers throw.
 * Each class here asks for the shim when it is initialized, so that whoever touches one first gets the loader's
 * explanation if it cannot be had.
 */
package io.stepoll.internal.sys;
