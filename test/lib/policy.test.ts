import { describe, expect, it } from 'vitest';
import { orders, placesIn } from './findings.ts';
import { createApp } from './synth.ts';

describe('x', () => {
  it('a', () => {
    expect(placesIn(createApp().stack)).toEqual([]);
    expect(placesIn(orders().stack)).toEqual([]);
  });
});
