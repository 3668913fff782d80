import { describe, expect, it } from 'vitest';
import { BootLog } from '../../../src/providers/docker/boot-log.js';

describe('BootLog', () => {
  it('goes from firmware to agent', () => {
    const log = new BootLog();
    const phases = [
      '❯ Starting QEMU for Docker v6.08...',
      'UEFI firmware (version edk2-stable202302 built at 00:00:00 on Feb 27 2023)',
      'BdsDxe: starting Boot0001 "UEFI Misc Device" from PciRoot(0x0)/Pci(0xA,0x0)',
      'GNU GRUB  version 2.06',
      'Loading Linux 5.15.0-94-generic ...',
      '[    0.000000] Linux version 5.15.0-94-generic',
      '[  OK  ] Started Journal Service.',
      '[   12.345678] audit: type=1400',
      'Ubuntu 22.04 LTS user-virtual-machine ttyS0',
      'user-virtual-machine login:',
      ' * Serving Flask app "main"',
    ].map((line) => {
      log.add(line);
      return log.phase;
    });
    expect(phases).toEqual([
      'container',
      'firmware',
      'firmware',
      'GRUB',
      'kernel',
      'kernel',
      'services',
      'services',
      'services',
      'services',
      'agent',
    ]);
  });

  it('goes back when the machine is reset, and only then', () => {
    const log = new BootLog();
    log.add('[  OK  ] Reached target Multi-User System.');
    log.add('[   30.000001] EXT4-fs (sda1): re-mounted');
    expect(log.phase).toBe('services');
    log.add('SeaBIOS (version 1.16.2-debian-1.16.2-1)');
    expect(log.phase).toBe('firmware');
  });

  it('keeps what a person can read: no escape sequences, no blank lines, no endless ones', () => {
    const log = new BootLog();
    expect(log.add('\x1b[2J\x1b[01;01H\x1b[0m  GNU GRUB\x1b[32m  version\r')).toBe('GNU GRUB  version');
    expect(log.add('\x1b[2J\r')).toBeNull();
    expect(log.add('x'.repeat(10_000))).toHaveLength(500);
    expect(log.lines).toHaveLength(2);
  });

  it('keeps the last 50 lines', () => {
    const log = new BootLog();
    for (let line = 1; line <= 60; line += 1) log.add(`line ${line}`);
    expect(log.lines).toHaveLength(50);
    expect(log.lines[0]).toBe('line 11');
  });
});
