/** What tests of several packages share: configurations in one line, scripted upstreams, raw clients. */
package io.jettylb.testing;
