/**
 * Every native method, errno and the loading of the shim. Knows no other room of the project.
 *
 * <p>The border with C: a native method takes ints, longs and addresses, and returns the result or {@code -errno}. Its
 * caller throws. Only two methods take objects: they reach into the JDK. Each class loads the shim when the class is
 * initialized. So the first use of any class throws the loader's explanation if the shim cannot be loaded.
 */
package io.stepoll.internal.sys;
