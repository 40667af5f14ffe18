import { describe, it } from '@jest/globals';
import { checkPlans } from './check-plans.js';
import { calmPlans } from './simulation-plan.js';

describe('whatever subscribers and callers do', () => {
  it('keeps every promise while Graph answers', () => checkPlans(calmPlans), 180_000);
});
