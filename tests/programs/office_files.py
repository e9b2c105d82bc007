"""openpyxl and pypdf: documents are written, read again and compared part by part."""
import datetime
import hashlib
import io
import zipfile

import openpyxl
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font, PatternFill
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

book = openpyxl.Workbook()
sheet = book.active
sheet.title = "Dätä"
for row in range(1, 200):
    day = datetime.date(2020, 1, 1) + datetime.timedelta(row)
    sheet.append([row, row * 1.5, f"name {row}", day, f"=A{row}*2", row % 2 == 0])
sheet["A1"].font = Font(bold=True)
sheet["B1"].fill = PatternFill("solid", fgColor="FFFF00")
sheet.merge_cells("G1:H3")
sheet.freeze_panes = "A2"
chart = BarChart()
chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=20))
sheet.add_chart(chart, "J2")
data = io.BytesIO()
book.save(data)
again = openpyxl.load_workbook(io.BytesIO(data.getvalue()))
print(again.sheetnames, again.active.dimensions, again.active["A1"].font.b, again.active.merged_cells.ranges)
print([[cell.value for cell in row] for row in again.active.iter_rows(min_row=1, max_row=4, max_col=6)])
archive = zipfile.ZipFile(data)
for info in archive.infolist():
    if "core.xml" not in info.filename:  # holds the time
        print(info.filename, info.file_size, hashlib.md5(archive.read(info)).hexdigest())
lazy = openpyxl.load_workbook(io.BytesIO(data.getvalue()), read_only=True)
print(sum(cell.value is not None for row in lazy.active.rows for cell in row))
try:
    openpyxl.load_workbook(io.BytesIO(b"no archive"))
except zipfile.BadZipFile as error:
    print(error)

writer = PdfWriter()
font = DictionaryObject({NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
                         NameObject("/BaseFont"): NameObject("/Helvetica")})
for number in range(5):
    page = writer.add_blank_page(200, 300)
    stream = DecodedStreamObject()
    stream.set_data(b"BT /F1 12 Tf 10 100 Td (Hello page %d) Tj ET" % number)
    page[NameObject("/Contents")] = writer._add_object(stream.flate_encode())
    fonts = DictionaryObject({NameObject("/F1"): font})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
writer.add_metadata({"/Title": "T é"})
writer.add_outline_item("one", 0)
output = io.BytesIO()
writer.write(output)
print(len(output.getvalue()), hashlib.md5(output.getvalue()).hexdigest())
reader = PdfReader(io.BytesIO(output.getvalue()))
print(reader.metadata, [page.extract_text() for page in reader.pages], [item.title for item in reader.outline])
