/** From an errno to the exception that users get. Knows {@link io.stepoll.internal.sys} and the contract. */
package io.stepoll.internal.failure;
