export { settle, VirtualClock } from '../../shared/testing/virtual-clock.ts';
