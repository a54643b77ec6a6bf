export { SeededRandom } from '../../shared/testing/seeded-random.ts';
