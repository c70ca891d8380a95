package io.jettylb.config;

import java.time.Duration;

/**
 * What upstreams may say about themselves.
 *
 * @param weightHeader the field of responses and probe answers with the share that an upstream wants, in percent of its
 *     weight; null: none
 * @param inFlightHeader the field with the number of requests that an upstream is serving; null: none
 * @param orca whether ORCA's {@code endpoint-load-metrics} are read
 * @param agent whether the words of HAProxy's agents are read in probe answers
 * @param expiry after how long without another report a share is forgotten
 * @param blackout for how long an upstream must have reported before its ORCA figures count
 * @param errorPenalty how much errors count in ORCA's figures, 0 or more; 0: not at all
 */
public record LoadReportConfig(
        String weightHeader,
        String inFlightHeader,
        boolean orca,
        boolean agent,
        Duration expiry,
        Duration blackout,
        double errorPenalty) {}
