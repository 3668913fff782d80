/** One metric of each family, on the files of a case that is solved. */

const FIRST_SHEETS = { sheet_idx0: 0, sheet_idx1: 'EI0' };

export const FAMILIES = [
  {
    family: 'xlsx',
    case: 'chart',
    func: 'compare_table',
    result: 'SalesRep.xlsx',
    expected: 'SalesRep_gold.xlsx',
    options: {
      rules: [
        { type: 'sheet_data', ...FIRST_SHEETS },
        { type: 'chart', ...FIRST_SHEETS, chart_props: ['type', 'title'] },
      ],
    },
  },
  {
    family: 'docx',
    case: 'subscript',
    func: 'compare_docx_files',
    result: 'Desktop/H2O.docx',
    expected: 'H2O_gold.docx',
  },
  {
    family: 'pptx',
    case: 'colours',
    func: 'compare_pptx_files',
    result: 'Desktop/boxes.pptx',
    expected: 'boxes_gold.pptx',
  },
  {
    family: 'pdf',
    case: 'one-page',
    func: 'compare_pdfs',
    result: 'Fit_Page.pdf',
    expected: 'Fit_Page_gold.pdf',
  },
  {
    family: 'image',
    case: 'darker',
    func: 'check_brightness_decrease_and_structure_sim',
    result: 'Desktop/edited.png',
    expected: 'photo.png',
  },
  {
    family: 'epub',
    case: 'book',
    func: 'compare_epub',
    result: 'Novels/Pass_Through.epub',
    expected: 'gold.epub',
  },
];
