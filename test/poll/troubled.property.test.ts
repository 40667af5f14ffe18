import { describe, it } from '@jest/globals';
import { checkPlans } from './check-plans.js';
import { troubledPlans } from './simulation-plan.js';

describe('whatever subscribers and callers do', () => {
  it('keeps every promise while reads fail', () => checkPlans(troubledPlans), 180_000);
});
