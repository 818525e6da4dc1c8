/**
 * A cluster under load while things go wrong: processes, clients behind a load balancer, faults, and an account of every
 * message at every member.
 */
@NullMarked
package dev.fanfare.scenario;

import org.jspecify.annotations.NullMarked;
