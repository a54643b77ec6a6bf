export { Mortality, type WakingOrder } from '../../shared/testing/mortality.ts';
