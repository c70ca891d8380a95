/**
 * Everything that an upstream can do wrong, and what each client may see of it: {@code Behaviour} is one line of the
 * table, {@code FaultMatrixTest} plays all of them for every front and method.
 */
package io.jettylb.servlet.faults;
