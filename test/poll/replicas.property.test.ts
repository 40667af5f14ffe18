import { describe, it } from '@jest/globals';
import { checkPlans } from './check-plans.js';
import { wildPlans } from './simulation-plan.js';

describe('whatever subscribers and callers do, on whichever replica', () => {
  it('keeps every promise while rights change and reads fail at once', () => checkPlans(wildPlans, 3), 180_000);
});
