import { describe, expect, it } from 'vitest';
import { TemporaryFolder } from '../../../support/temporary-folder.js';
import { judge } from './judge.js';

describe('is_vlc_playing', () => {
  const status = (...infos: [string, string][]) => {
    const elements = infos.map(([name, text]) => `<info name="${name}">${text}</info>`).join('');
    return `<root><state>playing</state><information><category name="meta">${elements}</category></information></root>`;
  };
  const url = { type: 'url', url: 'https://host/a/master.m3u8?x=1' };

  it.each([
    ['another host', status(['url', 'https://other/a/master.m3u8']), url, 0],
    ['the same host and path', status(['url', 'https://host/a/master.m3u8?y=2']), url, 1],
    ['the first info that has a text', status(['url', ''], ['title', 'master.m3u8']), url, 1],
    ['no info', status(), url, 0],
    ['a rule of another type', status(['filename', 'a.mp4']), { type: 'title' }, 0],
    ['a path', status(['uri', 'file:///home/user/a.mp4']), { type: 'file_name', file_name: 'a.mp4' }, 1],
  ])('judges %s', async (_, document, rule, score) => {
    using folder = new TemporaryFolder();
    expect(await judge('is_vlc_playing', folder.write('status.xml', document), rule)).toBe(score);
  });

  it('raises for a document without a state', async () => {
    using folder = new TemporaryFolder();
    const judged = judge('is_vlc_playing', folder.write('status.xml', '<root/>'), url);
    await expect(judged).rejects.toMatchObject({ name: 'AttributeError' });
  });
});

describe('vlcrc', () => {
  it.each([
    ['check_qt_max_volume', 'qt-max-volume=100\nqt-max-volume=200', { expected_qt_max_volume: 200 }, 1],
    ['check_qt_slider_colours', 'qt-slider-colours=1;2;3;200', { type: 'blackish' }, 1],
    ['check_qt_slider_colours', 'qt-slider-colours=1;2;300', { type: 'blackish' }, 0],
    ['check_qt_slider_colours', 'qt-slider-colours=dark', { type: 'blackish' }, 0],
    ['check_qt_slider_colours', '', { type: 'bright' }, null],
    ['check_global_key_play_pause', 'global-key-play-pause=', { expected_global_key_play_pause: 0 }, 1],
    [
      'is_vlc_recordings_folder',
      'input-record-path=/a\ninput-record-path=/b',
      { recording_file_path: '/b' },
      0,
    ],
  ])('%s in %j with %j is %j', async (metric, content, rule, score) => {
    using folder = new TemporaryFolder();
    expect(await judge(metric, folder.write('vlcrc', content), rule)).toBe(score);
  });

  it('must be there', async () => {
    await expect(judge('check_qt_bgcone', '/nowhere/vlcrc', { expected_qt_bgcone: 1 })).rejects.toMatchObject(
      {
        name: 'FileNotFoundError',
      },
    );
    await expect(judge('check_qt_bgcone', null, { expected_qt_bgcone: 1 })).rejects.toMatchObject({
      name: 'TypeError',
    });
  });
});
