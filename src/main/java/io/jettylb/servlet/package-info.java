/**
 * The ee10 front: a servlet and its mounts. It translates between the servlet API and the data path in
 * {@code io.jettylb.proxy} and decides nothing. These classes live in the environment's class loader, in a jar of their
 * own.
 */
package io.jettylb.servlet;
