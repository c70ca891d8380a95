/**
 * The contract that every strategy must meet, as tests to be extended: published as the jar with the classifier
 * {@code strategy-kit}. It needs JUnit Jupiter and AssertJ.
 */
package io.jettylb.kit;
